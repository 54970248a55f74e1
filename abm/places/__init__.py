"""The figures of a place: people, deaths and disease by age and sex."""
