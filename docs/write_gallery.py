"""Draw the pictures of the gallery page: python docs/write_gallery.py."""

from pathlib import Path

from gadolin.figures import samples

IMAGES = Path(__file__).parent / "images" / "figures"


def main() -> None:
    """Write one PNG per kind, and the page that shows them."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    lines = [
        "# Gallery of figures",
        "",
        "Every kind that `gadolin.figures` draws, once, with invented numbers. Each figure is "
        "`Figure(id, finding, unit, data, marks, refs)`; the columns that `marks` needs stand in its docstring. "
        "Written by `python docs/write_gallery.py`.",
    ]
    for name, figure in samples.all_kinds().items():
        (IMAGES / f"{name}.png").write_bytes(figure.png(scale=1.0))
        columns = ", ".join(f"`{c}`" for c in figure.data.columns)
        about = f"{figure.marks.kind}: `{type(figure.marks).__name__}`, columns {columns}."
        lines += ["", f"## {name}", "", about, "", f"![{figure.finding}](images/figures/{name}.png)"]
    (IMAGES.parents[1] / "gallery.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
