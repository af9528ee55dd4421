"""Settings of Sphinx; the generated pages are written before it reads anything."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import generate

import gadolin

project = "Gadolin"
author = "The authors of Gadolin"
version = release = gadolin.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 2
autodoc_member_order = "alphabetical"
autodoc_typehints = "signature"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
suppress_warnings = ["ref.python"]  # rooms may use one class name each, such as Table
html_theme = "pydata_sphinx_theme"
html_title = "Gadolin"
html_static_path = ["_static"]
html_theme_options = {"show_prev_next": False, "navigation_with_keys": False, "show_nav_level": 1}

generate.main()
