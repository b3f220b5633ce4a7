"""Maps the Candidate of the Europass website (since 2020, HR Open Standards) to JSON Resume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.files_worker.resume_parts import address_parts, filled, languages_part, web_address

if TYPE_CHECKING:
    from chalicelib.files_worker.xml_records import Record

_LEVELS = {
    "CEF-Understanding-Listening": "Listening",
    "CEF-Understanding-Reading": "Reading",
    "CEF-Speaking-Interaction": "SpokenInteraction",
    "CEF-Speaking-Production": "SpokenProduction",
    "CEF-Writing-Production": "Writing",
}

# Sections whose entries have a title, dates and a description, and what they are called here.
_SECTIONS = {
    "Projects": "Project",
    "ConferencesAndSeminars": "Conference or seminar",
    "CreativeWorks": "Creative work",
    "NetworksAndMemberships": "Network or membership",
    "SocialAndPoliticalActivities": "Social or political activity",
    "VoluntaryWorks": "Volunteer work",
}


def read_resume(document: Record) -> dict[str, Any]:
    """Return the resume of a document."""
    document.ignore(
        "DocumentID", "AlternateDocumentID", "CandidateSupplier", "RenderingInformation"
    )
    document.ignore("ProcessingInformation", "CandidateProfile/ID")
    persons, profiles = document.all("CandidatePerson"), document.all("CandidateProfile")
    languages = [
        languages_part(tongue.own_text(), is_native=True)
        for one in persons
        for tongue in one.all("PrimaryLanguageCode")
    ]
    summary = next((one.html("ExecutiveSummary") for one in profiles), "")
    basics = _basics(persons[0]) if persons else {}
    return filled(
        {
            "basics": {**basics, "summary": summary},
            "work": _parts(profiles, "EmploymentHistory/EmployerHistory", _works),
            "education": _parts(
                profiles, "EducationHistory/EducationOrganizationAttendance", _education
            ),
            "languages": languages
            + _parts(profiles, "PersonQualifications/PersonCompetency", _language),
            "skills": _parts(profiles, "Skills", _skills)
            + _parts(profiles, "PersonQualifications/PersonCompetency", _skill)
            + _parts(profiles, "Licenses", _licences),
            "publications": _parts(profiles, "PublicationHistory/Publication", _publication),
            "projects": _parts(profiles, "Others", _others)
            + [part for one in profiles for name in _SECTIONS for part in _section(one, name)],
        }
    )


def _parts(profiles: list[Record], path: str, read: Any) -> list[dict[str, Any]]:
    return [part for one in profiles for entry in one.all(path) for part in read(entry)]


def _basics(person: Record) -> dict[str, Any]:
    names = (person.text(f"PersonName/{part}") for part in ("GivenName", "FamilyName"))
    basics: dict[str, Any] = {"name": " ".join(filter(None, names)), "profiles": []}
    for one in person.all("Communication"):
        channel, address = one.text("ChannelCode").lower(), one.all("Address")
        if address and "location" not in basics:
            one.ignore("UseCode", "OtherTitle")
            basics["location"] = _address(address[0])
        elif channel == "email" and "email" not in basics:
            basics["email"] = one.text("URI")
        elif channel == "telephone" and "phone" not in basics:
            one.ignore("UseCode", "OtherTitle", "CountryCode")
            dialing = one.text("CountryDialing").lstrip("+")
            number = one.text("DialNumber")
            basics["phone"] = f"+{dialing} {number}" if dialing else number
        elif channel == "web" and "url" not in basics:
            one.ignore("UseCode", "OtherTitle")
            basics["url"] = web_address(one.text("URI"))
        elif channel in ("web", "social media", "instantmessage"):
            text = web_address(one.text("URI"))
            name = "url" if text.startswith("http") else "username"
            network = one.text("OtherTitle", "UseCode")
            basics["profiles"].append(filled({"network": network, name: text}))
    return basics


def _address(address: Record) -> dict[str, str]:
    lines = [one.own_text() for one in address.all("AddressLine")]
    return address_parts(
        ", ".join(filter(None, lines)),
        address.text("PostalCode"),
        address.text("CityName"),
        address.text("CountryCode"),
    )


def _organization(entry: Record) -> tuple[str, str]:
    """Return the place and the website of an organization."""
    place, url = "", ""
    for one in entry.all("OrganizationContact/Communication"):
        channel = one.text("ChannelCode").lower()
        one.ignore("UseCode", "OtherTitle")
        for address in one.all("Address"):
            parts = (address.text("CityName"), address.text("CountryCode").upper())
            place = place or ", ".join(filter(None, parts))
        if channel == "web":
            url = url or web_address(one.text("URI"))
    return place, url


def _works(entry: Record) -> list[dict[str, Any]]:
    place, url = _organization(entry)
    name = entry.text("OrganizationName")
    works = []
    for one in entry.all("PositionHistory"):
        one.text("EmploymentPeriod/CurrentIndicator")
        own_place = ", ".join(filter(None, (one.text("City"), one.text("Country").upper())))
        works.append(
            {
                "name": name,
                "location": own_place or place,
                "url": url,
                "position": one.text("PositionTitle"),
                "startDate": _date(one, "EmploymentPeriod/StartDate"),
                "endDate": _date(one, "EmploymentPeriod/EndDate"),
                "summary": one.html("Description"),
            }
        )
    return [filled(one) for one in works] or [filled({"name": name, "location": place, "url": url})]


def _date(record: Record, path: str) -> str:
    return record.text(f"{path}/FormattedDateTime")[:10]


def _education(entry: Record) -> list[dict[str, Any]]:
    _, url = _organization(entry)
    entry.text("AttendancePeriod/Ongoing")
    degree = [*entry.all("EducationDegree"), entry][0]
    thesis = degree.text("Thesis")
    part = {
        "institution": entry.text("OrganizationName"),
        "url": url,
        "studyType": degree.text("DegreeName"),
        "startDate": _date(entry, "AttendancePeriod/StartDate"),
        "endDate": _date(entry, "AttendancePeriod/EndDate"),
        "score": degree.text("FinalGrade/ScoreText"),
        "courses": [
            *degree.html("OccupationalSkillsCovered").split("\n"),
            thesis and f"Thesis: {thesis}",
        ],
    }
    return [filled(part)]


def _language(entry: Record) -> list[dict[str, str]]:
    if entry.text("TaxonomyID").lower() != "language":
        return []
    levels = dict.fromkeys(_LEVELS.values(), "")
    for one in entry.all("CompetencyDimension"):
        skill = one.text("CompetencyDimensionTypeCode")
        levels[_LEVELS.get(skill, skill)] = one.text("Score/ScoreText")
    return [languages_part(entry.text("CompetencyID", "CompetencyName"), levels)]


def _skill(entry: Record) -> list[dict[str, Any]]:
    if entry.text("TaxonomyID").lower() == "language":
        return []
    return [filled({"name": entry.text("CompetencyName", "CompetencyID")})]


def _names(record: Record) -> list[str]:
    found = record.all("PersonCompetency")
    for one in found:
        one.ignore("TaxonomyID", "CompetencyID")
    return [one.text("CompetencyName", "CompetencyID") for one in found]


def _skills(record: Record) -> list[dict[str, Any]]:
    groups = [
        {"name": one.text("Title") or "Skills", "keywords": _names(one)}
        for one in record.all("SkillsGroup")
    ]
    parts = [{"name": "Digital skills", "keywords": _names(record)}, *groups]
    return [one for one in map(filled, parts) if "keywords" in one]


def _licences(record: Record) -> list[dict[str, Any]]:
    codes = [one.own_text() for one in record.all("License/LicenseTypeCode")]
    return [{"name": "Driving licence", "keywords": codes}] if codes else []


def _publication(entry: Record) -> list[dict[str, Any]]:
    part = {
        "name": entry.text("Title"),
        "publisher": entry.text("Publisher") or entry.text("Journal"),
        "releaseDate": entry.text("Year"),
        "url": web_address(entry.text("DOI/Link", "Link")),
        "summary": entry.html("FormattedPublicationDescription"),
    }
    return [filled(part)]


def _others(section: Record) -> list[dict[str, Any]]:
    title = section.text("Title")
    return [_project(one, title) for one in section.all("Other")]


def _section(profile: Record, name: str) -> list[dict[str, Any]]:
    return [
        _project(entry, _SECTIONS[name])
        for section in profile.all(name)
        for entry in section.children
    ]


def _project(entry: Record, kind: str) -> dict[str, Any]:
    entry.text("Date/Ongoing")
    return filled(
        {
            "name": entry.text("Title"),
            "type": kind,
            "entity": entry.text("Location"),
            "url": web_address(entry.text("Link")),
            "startDate": _date(entry, "Date/StartDate"),
            "endDate": _date(entry, "Date/EndDate"),
            "description": entry.html("Description"),
        }
    )
