"""An audit as one HTML file that needs nothing but a browser: no network, no font to fetch, hardly any script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from flatscape.audit.report.content.glossary import OWN, anchors_of, measure_terms
from flatscape.audit.report.content.measures import measures_of
from flatscape.audit.report.content.schema import check_record
from flatscape.audit.report.content.values import items, mapping
from flatscape.audit.report.content.words import settings_rows
from flatscape.audit.report.svg.markers import glyph
from flatscape.audit.report.views.policies import policy_view
from flatscape.audit.report.views.source import source_view


def audit_page(record: Mapping[str, Any]) -> str:
    """An audit as HTML: verdict, measures with intervals, plots, what was read, settings, definitions.

    The page lets nothing run or load but its own style and script, whatever texts the record has.

    **Arguments**: `record`, of an audit, as JSON has it (version 1).

    **Returns** the text of the file.

    **Raises** `InvalidInputError` for anything but a record of this version.

    >>> page = audit_page({"schema": "flatscape audit", "version": 1, "policies": []})
    >>> page.splitlines()[0]
    '<!DOCTYPE html>'
    """
    check_record(record)
    policies = [mapping(policy) for policy in items(record.get("policies"))]
    measures = [measure for policy in policies for measure in measures_of(policy)]
    anchors = anchors_of(measures)
    environment = Environment(
        # The style of all pages is that of the figures' gallery.
        loader=ChoiceLoader([PackageLoader("flatscape.audit.report"), PackageLoader("figures")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = environment.get_template("audit.css.jinja").render()
    script = environment.get_template("audit.js.jinja").render()
    return environment.get_template("audit.html.jinja").render(
        style=Markup(style),
        script=Markup(script),
        policy_of_contents=_content_policy(style, script),
        policies=[policy_view(policy, anchors, f"p{k + 1}") for k, policy in enumerate(policies)],
        source=source_view(mapping(record.get("source"))),
        settings=list(settings_rows(mapping(record.get("settings")))),
        cannot_know=[str(sentence) for sentence in items(record.get("cannot_know"))],
        measure_terms=measure_terms(measures, anchors),
        own_terms=OWN,
        glyph=glyph,
    )


def _content_policy(style: str, script: str) -> str:
    """Only this very style and this very script are allowed."""

    def hashed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    allowed = f"style-src {hashed(style)}; script-src {hashed(script)}"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
