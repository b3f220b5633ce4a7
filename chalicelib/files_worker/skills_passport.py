"""Maps the SkillsPassport of Cedefop (version 3) to JSON Resume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.files_worker.resume_parts import address_parts, filled, languages_part, web_address

if TYPE_CHECKING:
    from chalicelib.files_worker.xml_records import Record

_CONTACT = "ContactInfo"
_SKILLS = {
    "Communication": "Communication",
    "Organisational": "Organisation",
    "JobRelated": "Job-related skills",
    "Computer": "Digital skills",
    "Other": "Other skills",
}
_LEVELS = ("Listening", "Reading", "SpokenInteraction", "SpokenProduction", "Writing")


def read_resume(document: Record) -> dict[str, Any]:
    """Return the resume of a document."""
    document.ignore("DocumentInfo", "PrintingPreferences")
    [learner, *_] = [*document.all("LearnerInfo"), document]
    skills = learner.all("Skills")
    languages, certificates = _languages(skills)
    return filled(
        {
            "basics": _basics(learner),
            "work": [_work(one) for one in _entries(learner, "WorkExperience")],
            "education": [_education(one) for one in _entries(learner, "Education")],
            "languages": languages,
            "certificates": certificates,
            "skills": [part for one in skills for part in _skills(one)],
            **_achievements(learner),
        }
    )


def _entries(record: Record, name: str) -> list[Record]:
    """Return the entries of a list; the list itself was added in version 3."""
    return [*record.all(f"{name}List/{name}"), *record.all(name)]


def _basics(learner: Record) -> dict[str, Any]:
    [person, *_] = [*learner.all("Identification"), learner]
    [contact, *_] = [*person.all(_CONTACT), person]
    names = (person.text(f"PersonName/{part}") for part in ("FirstName", "Surname"))
    websites = _entries(contact, "Website")
    profiles = [
        filled({"network": one.text("Use/Label", "Use/Code"), "url": _url(one)})
        for one in websites[1:]
    ]
    profiles += [
        filled({"network": one.text("Use/Label", "Use/Code"), "username": one.text("Contact")})
        for one in _entries(contact, "InstantMessaging")
    ]
    headline = learner.text("Headline/Description/Label", "Headline/Description/Code")
    is_summary = learner.text("Headline/Type/Code") == "personal_statement"
    learner.ignore("Headline/Type")
    [phone, *_] = [*_entries(contact, "Telephone"), None]
    if phone:
        phone.ignore("Use")
    if websites:
        websites[0].ignore("Use")
    return {
        "name": " ".join(filter(None, names)),
        "summary" if is_summary else "label": headline,
        "email": contact.text("Email/Contact"),
        "phone": phone.text("Contact") if phone else "",
        "url": _url(websites[0]) if websites else "",
        "location": _address(contact),
        "profiles": profiles,
    }


def _address(contact: Record) -> dict[str, Any]:
    lines = (contact.text(f"Address/Contact/{one}") for one in ("AddressLine", "AddressLine2"))
    country = contact.text("Address/Contact/Country/Code", "Address/Contact/Country/Label")
    return address_parts(
        ", ".join(filter(None, lines)),
        contact.text("Address/Contact/PostalCode"),
        contact.text("Address/Contact/Municipality"),
        country,
    )


def _place(organization: Record) -> str:
    address = f"{_CONTACT}/Address/Contact"
    organization.text(f"{address}/Country/Code")
    parts = (
        organization.text(f"{address}/Municipality"),
        organization.text(f"{address}/Country/Label", f"{address}/Country/Code"),
    )
    return ", ".join(filter(None, parts))


def _url(website: Record) -> str:
    return web_address(website.text("Contact"))


def _period(entry: Record) -> dict[str, str]:
    entry.text("Period/Current")
    return {
        name: _date(day)
        for name, path in (("startDate", "Period/From"), ("endDate", "Period/To"))
        for day in entry.all(path)[:1]
    }


def _date(day: Record) -> str:
    # The types of XML Schema: 1940, --03 and ---10.
    parts = [day.attribute(one).lstrip("-") for one in ("year", "month", "day")]
    known = parts[: parts.index("")] if "" in parts else parts
    return "-".join(known)


def _work(entry: Record) -> dict[str, Any]:
    [employer, *_] = [*entry.all("Employer"), entry]
    websites = employer.all(f"{_CONTACT}/Website")
    for one in websites:
        one.ignore("Use")
    return filled(
        {
            "position": entry.text("Position/Label", "Position/Code"),
            "name": entry.text("Employer/Name"),
            "location": _place(employer),
            "url": _url(websites[0]) if websites else "",
            **_period(entry),
            "summary": entry.html("Activities"),
        }
    )


def _education(entry: Record) -> dict[str, Any]:
    return filled(
        {
            "studyType": entry.text("Title"),
            "institution": entry.text("Organisation/Name"),
            "area": entry.text("Field/Label", "Field/Code"),
            **_period(entry),
            "courses": entry.html("Activities").split("\n"),
        }
    )


def _languages(skills: list[Record]) -> tuple[list[Any], list[Any]]:
    linguistic = [one for skill in skills for one in skill.all("Linguistic")]
    languages, certificates = [], []
    for one in linguistic:
        for tongue in _entries(one, "MotherTongue"):
            name = tongue.text("Description/Label", "Description/Code")
            languages.append(languages_part(name, is_native=True))
        for foreign in _entries(one, "ForeignLanguage"):
            levels = {
                level: foreign.text(f"ProficiencyLevel/{level}", f"ProficiencyLevel/{level}/Code")
                for level in _LEVELS
            }
            name = foreign.text("Description/Label", "Description/Code")
            languages.append(languages_part(name, levels))
            titles = foreign.all("VerifiedBy/Certificate") + _entries(foreign, "Certificate")
            certificates += [{"name": title.text("Title")} for title in titles]
    return languages, certificates


def _skills(record: Record) -> list[dict[str, Any]]:
    found = []
    for name, words in _SKILLS.items():
        lines = [line for one in record.all(name) for line in one.html("Description").split("\n")]
        found.append({"name": words, "keywords": lines})
    licences = [one.own_text() for one in record.all("Driving/Description/Licence")]
    found.append({"name": "Driving licence", "keywords": licences})
    return [one for one in map(filled, found) if "keywords" in one]


def _achievements(learner: Record) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {
        "projects": [],
        "publications": [],
        "awards": [],
        "references": [],
    }
    for one in _entries(learner, "Achievement"):
        code = one.text("Title/Code")
        title, text = one.text("Title/Label", "Title/Code"), one.html("Description")
        if code == "publications":
            found["publications"].append(filled({"name": title, "summary": text}))
        elif code == "honors_awards":
            found["awards"].append(filled({"title": title, "summary": text}))
        elif code == "references":
            found["references"].append(filled({"name": title, "reference": text}))
        else:
            found["projects"].append(filled({"name": title, "description": text}))
    return found
