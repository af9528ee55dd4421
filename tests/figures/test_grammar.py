"""The frame round every kind of chart."""

import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from gadolin.errors import InputError
from gadolin.figures import Figure, Ladder, palette

RUNGS = pd.DataFrame(
    [("mine", "operating", "Kenering", "reported"), ("metal", "not known", None, "memory")],
    columns=["stage", "status", "label", "basis"],
)


def figure(**changes):
    given = {"id": "ladder", "finding": "Metal < magnet", "unit": "status", "data": RUNGS, "marks": Ladder()}
    return Figure(**({"refs": ("a:b:c",)} | given | changes))


def test_svg_has_role_title_description_and_source():
    root = ET.fromstring(figure(data_date="2026-11-09", run="128").svg())
    assert root.get("role") == "img"
    named = root.get("aria-labelledby").split()
    by_id = {e.get("id"): e for e in root.iter() if e.get("id")}
    assert by_id[named[0]].text == "Metal < magnet"
    assert "Kenering" in by_id[named[1]].text
    words = "".join(root.itertext())
    assert "Source: a:b:c; data of 9 Nov 2026; run 128." in words


def test_png_and_notebook_forms():
    drawn = figure()
    assert drawn.png()[:8] == b"\x89PNG\r\n\x1a\n"
    assert drawn._repr_svg_() == drawn.svg()
    assert drawn.svg() in drawn._repr_html_()
    pd.testing.assert_frame_equal(drawn.table(), RUNGS)
    assert drawn.csv().splitlines()[0] == "stage,status,label,basis"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"refs": ()}, "no ref"),
        ({"finding": " "}, "finding"),
        ({"id": "Price history"}, "small letters"),
        ({"data": RUNGS.head(0)}, "no rows"),
    ],
)
def test_what_no_figure_may_lack(changes, words):
    with pytest.raises(InputError, match=words):
        figure(**changes)


def test_unknown_status_and_missing_column():
    with pytest.raises(InputError, match="not a status"):
        figure(data=RUNGS.assign(status="ready")).svg()
    with pytest.raises(InputError, match="missing: status"):
        figure(data=RUNGS.drop(columns="status")).svg()


def test_contrast_of_the_palette():
    """Series 3:1 (graphics), text 4.5:1, status text 6.9:1 on its tint."""
    assert all(palette.contrast(c) >= 3.0 - 0.05 for c in palette.SERIES)
    assert palette.contrast(palette.TEXT) > 7
    assert palette.contrast(palette.MUTED) > 4.5
    assert all(palette.contrast(ink, tint) >= 6.9 for ink, tint in palette.STATUS.values())
    assert palette.contrast("#000000") == pytest.approx(21.0)
