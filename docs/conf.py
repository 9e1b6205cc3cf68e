"""The configuration of Sphinx. `make docs` puts the sources together (tools/site) and then runs it on the copy."""

import json
from pathlib import Path

HERE = Path(__file__).parent

project = "flatscape"
author = copyright = "The flatscape developers"
extensions = ["myst_parser", "sphinx.ext.intersphinx", "tools.site.mathematics"]
exclude_patterns = ["_files", "inventories"]
# Links that lead nowhere are errors; names in signatures that no page has are listed by tools/site.
nitpicky = True
nitpick_ignore = [("py:class", name) for name in json.loads((HERE / "unknown_names.json").read_text(encoding="utf-8"))]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
highlight_language = "text"

# Inventories lie beside the sources: nothing is fetched.
intersphinx_mapping = {
    "jax": ("https://docs.jax.dev/en/latest", str(HERE / "inventories" / "jax.inv")),
    "numpy": ("https://numpy.org/doc/stable", str(HERE / "inventories" / "numpy.inv")),
}
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 70
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = "flatscape"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
