"""A template's variables -> subject, text part, and HTML inlined once.

A template without `body.html` makes mails of text alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from publisher.errors import TemplateError
from publisher.mail import slots
from publisher.mail.inline import inline
from publisher.mail.personal import Fields
from publisher.mail.slots import Slot
from publisher.mail.view import NOTICES, TEXT_WIDTH
from publisher.markup.characters import clean_line
from publisher.markup.width import wrap
from publisher.model.rendered import RenderedIssue
from publisher.templating import Templates

REQUIRED_PARTS = ("subject.txt", "body.txt")
HTML_PART = "body.html"

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True)
class Frame:
    """How a mail is rendered. `fields` notes what its parts ask of the reader; `own_subject` stands for subject.txt."""

    templates: Templates
    template: str
    language: str
    fields: Fields
    subject_prefix: str = ""
    own_subject: str = ""


def render_parts(frame: Frame, variables: Mapping[str, object]) -> RenderedIssue:
    """`variables` without `subject`, which is made first.

    Raises TemplateError.
    """
    check_template(frame.template, frame.templates)
    subject = clean_line(frame.own_subject or _render(frame, "subject.txt", variables))
    if not subject:
        raise TemplateError(f"templates/email/{frame.template}/subject.txt: gives an empty subject; print a title")
    subject = clean_line(frame.subject_prefix + subject)
    variables = {**variables, "subject": subject}
    text = _tidy(_render(frame, "body.txt", variables))
    html = render_html_part(frame, variables)
    return RenderedIssue(subject, text, html, frame.language, frame.fields.marker, frame.fields.asked)


def render_html_part(frame: Frame, variables: Mapping[str, object]) -> str:
    """Inlined; "" for a template that has none. Raises TemplateError."""
    if not frame.templates.exists(f"email/{frame.template}/{HTML_PART}"):
        return ""
    html = _render(frame, HTML_PART, variables)
    words = [*Slot, *(slots.field_slot(number) for number in range(len(frame.fields.asked)))]
    return inline(html, keep=[slots.word(frame.fields.marker, slot) for slot in words])


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


def _render(frame: Frame, part: str, variables: Mapping[str, object]) -> str:
    name = f"email/{frame.template}/{part}"
    rendered = frame.templates.render(name, **variables)
    if part != "subject.txt" and not _COMMENT.sub("", rendered).strip():
        raise TemplateError(f"templates/{name}: gives nothing; write what the mail should say")
    return rendered


def _tidy(text: str) -> str:
    """No blanks at the ends of lines and one line end at the end: what is left of the templates' layout."""
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n")) + "\n"
