"""The gallery of the docs: the figures of a finished run as small pictures on one page.

    python run.py walking_groups exercise_referral --persons 50000 --draws 40 --out DIR
    python run.py bout running --minutes 150 --intensity 0.75 --out DIR/bout
    python run.py bout --published --out DIR/published
    python run.py sensitivity walking_groups --method oat --out DIR
    python run.py sensitivity walking_groups --method morris --out DIR --inputs 'policies.*' \\
        'causal_share.*' 'disease.lag_years.*' 'il6.training.*' 'activity.habit_share.*'
    python run.py sensitivity walking_groups --method sobol --top 6 --samples 64 --out DIR
    python -m tests.gallery DIR                # writes docs/gallery.md and docs/gallery/
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).parents[1] / "docs"
PICTURES = DOCS / "gallery"
FOLDERS = {
    "A run": "walking_groups/figures", "Several scenarios": "comparison",
    "One bout": "bout", "The bout against published studies": "published",
}  # fmt: skip
# Of a study: the figures of one output, and those of all, by method.
STUDIES = "walking_groups/sensitivity"
OUTPUT = "net_benefit_per_100k"
OF_STUDIES = {
    "oat": ("tornado",), "morris": ("plane", "convergence", "heat_map"),
    "sobol": ("bars", "scatter"),
}  # fmt: skip
WORDS = {
    "cases_averted": "What is prevented: expected and counted, with both intervals",
    "companions": "CRP, IL-10 and TNF-alpha beside IL-6",
    "cumulative_incidence": "New cases since the start, and those averted",
    "il6_course": "Resting IL-6 over the years",
    "il6_distribution": "How resting IL-6 is distributed, at the start and at the end",
    "il6_spikes": "Spikes of IL-6 in bouts, beside the resting level",
    "rate_by_activity_group": "New cases by how active people are",
    "risk_by_age_and_activity": "Risk by age and activity",
    "spending": "What a policy spends in each year",
    "survival": "Who is alive, and deaths averted",
    "who_benefits": "Who benefits, by quintile of deprivation and sex",
    "comparison": "Several scenarios beside one another",
    "bout_cascade": "IL-6, IL-1ra and IL-10 in the hours after one bout",
    "bout_heat_map": "The same by length and intensity, cycling and running",
    "bout_peaks": "IL-6 at the end of a bout, by its length, intensity and kind",
    "bout_weeks": "The weeks of four people, spike by spike",
    "bout_validation": "Measured peaks, and the model's",
    "oat_tornado": "How far each input moves the answer by itself",
    "morris_plane": "Which inputs matter, and whether they act alone",
    "morris_convergence": "Whether more samples would change that",
    "morris_heat_map": "Every input and every result",
    "sobol_bars": "What share of the variance each input carries",
    "sobol_scatter": "The runs behind it, against the inputs that matter most",
}
QUALITY = 65  # of WebP, at which letters stay sharp
HEAD = """# Gallery

Every figure of a run, of a comparison, of a bout and of a sensitivity study, as the program draws
it. Under most stands a note on how to read it.

- **The run** is of the bundled scenario `walking_groups`: led walks and step counters for adults
  below the guideline, in the United Kingdom. 50 000 persons, 20 years from 2025, seed 1, 40
  parameter draws.
- **The comparison** has `exercise_referral` beside it, of the same size and seed.
- **The bout** is a run of 150 minutes at 75 % of VO2max.
- **The sensitivity study** is of `walking_groups`, with 20 000 persons in each of its runs, seed 1.

Numbers are of these runs alone. The tables behind the figures: [results](results.md). The figure
of the scorecard: [validation](validation.md).
"""
FOOT = """## How this page is made

`python -m tests.gallery DIR` writes it, from the results of the commands that stand at the head of
[tests/gallery.py](../tests/gallery.py). Change it there, not here.
"""


def page_of(results: Path) -> str:
    """Store the pictures of a folder of results and return the page that shows them."""
    PICTURES.mkdir(exist_ok=True)
    lines = [HEAD]
    for title, folder in FOLDERS.items():
        found = sorted((results / folder).glob("*.png"))
        if not found:
            raise FileNotFoundError(f"{results / folder} holds no figure")
        lines.append(f"## {title}\n")
        lines += [_shown(path, path.stem) for path in found]
    return "\n".join([*lines, *lines_of_studies(results / STUDIES), FOOT])


def lines_of_studies(folder: Path) -> list[str]:
    """Store the pictures of studies and return the lines that show them."""
    found = {
        f"{method}_{kind}": folder / method / "figures" / f"{method}_{kind}.png"
        for method, kinds in OF_STUDIES.items()
        for kind in kinds
    }
    of_one = {name: path.with_name(f"{name}_{OUTPUT}.png") for name, path in found.items()}
    shown = [_shown(of_one[name] if of_one[name].is_file() else found[name], name)
             for name in found]  # fmt: skip
    return ["## A sensitivity study\n\nHow to read it: [sensitivity](sensitivity.md).\n", *shown]


def _shown(path: Path, name: str) -> str:
    target = PICTURES / f"{name}.webp"
    with Image.open(path) as picture:
        picture.convert("RGB").save(target, "WEBP", quality=QUALITY, method=6)
    words = WORDS[name]
    return f"### {words}\n\n![{words}](gallery/{target.name})\n"


def main() -> int:
    """Write the gallery from the folder that is named."""
    page = page_of(Path(sys.argv[1]))
    (DOCS / "gallery.md").write_text(page, encoding="utf-8")
    size = sum(path.stat().st_size for path in PICTURES.glob("*.webp"))
    print(f"{len(list(PICTURES.glob('*.webp')))} pictures, {size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
