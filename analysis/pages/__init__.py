"""What all pages share: one base template, one dress, and marks that reflow on a narrow screen."""
