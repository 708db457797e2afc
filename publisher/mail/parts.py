"""A template's variables -> subject, text part, and HTML inlined once.

A template without `body.html` makes mails of text alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from publisher.errors import TemplateError
from publisher.mail import slots
from publisher.mail.inline import inline
from publisher.mail.slots import Slot
from publisher.mail.view import NOTICES, TEXT_WIDTH
from publisher.markup.characters import clean_line
from publisher.markup.width import wrap
from publisher.model import RenderedIssue
from publisher.templating import Templates

REQUIRED_PARTS = ("subject.txt", "body.txt")
HTML_PART = "body.html"

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def render_parts(
    templates: Templates,
    template: str,
    variables: Mapping[str, object],
    *,
    language: str,
    marker: str,
    subject_prefix: str = "",
) -> RenderedIssue:
    """`variables` without `subject`, which is made first.

    Raises TemplateError.
    """
    check_template(template, templates)
    subject = clean_line(_render(templates, template, "subject.txt", variables))
    if not subject:
        raise TemplateError(f"templates/email/{template}/subject.txt: gives an empty subject; print a title")
    subject = clean_line(subject_prefix + subject)
    variables = {**variables, "subject": subject}
    text = _tidy(_render(templates, template, "body.txt", variables))
    html = render_html_part(templates, template, variables, marker)
    return RenderedIssue(subject=subject, text=text, html=html, language=language, marker=marker)


def render_html_part(templates: Templates, template: str, variables: Mapping[str, object], marker: str) -> str:
    """Inlined; "" for a template that has none. Raises TemplateError."""
    if not templates.exists(f"email/{template}/{HTML_PART}"):
        return ""
    words = [slots.word(marker, slot) for slot in Slot]
    return inline(_render(templates, template, HTML_PART, variables), keep=words)


def check_template(name: str, templates: Templates) -> None:
    """Raises TemplateError unless `templates/email/NAME/` has all that a mail needs."""
    missing = [part for part in REQUIRED_PARTS if not templates.exists(f"email/{name}/{part}")]
    if not missing:
        return
    paths = (path.split("/") for path in templates.names() if path.startswith("email/"))
    known = sorted({path[1] for path in paths if path[-1] in REQUIRED_PARTS and path[1] not in NOTICES})
    complete = [other for other in known if all(templates.exists(f"email/{other}/{part}") for part in REQUIRED_PARTS)]
    wanted = ", ".join(missing)
    raise TemplateError(
        f"templates/email/{name}: {wanted} not found; write what is missing, or take one of {', '.join(complete)}"
    )


def wrap_text(text: str, indent: str = "", hanging: str | None = None) -> str:
    """The variable `wrap` of templates."""
    return "\n".join(wrap(text, TEXT_WIDTH, indent=indent, hanging=indent if hanging is None else hanging))


def _render(templates: Templates, template: str, part: str, variables: Mapping[str, object]) -> str:
    name = f"email/{template}/{part}"
    rendered = templates.render(name, **variables)
    if part != "subject.txt" and not _COMMENT.sub("", rendered).strip():
        raise TemplateError(f"templates/{name}: gives nothing; write what the mail should say")
    return rendered


def _tidy(text: str) -> str:
    """No blanks at the ends of lines and one line end at the end: what is left of the templates' layout."""
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n")) + "\n"
