"""Europass XML becomes a JSON Resume, and what has no place in it is named."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.files_worker.europass import MOST_DEPTH, MOST_ELEMENTS
from tests.unit.files_worker.test_hostile_files import read

PASSPORT = """<?xml version="1.0" encoding="{encoding}"?>
<SkillsPassport xmlns="http://europass.cedefop.europa.eu/Europass">
 <DocumentInfo><Generator>editor</Generator></DocumentInfo>
 <LearnerInfo>
  <Identification>
   <PersonName><FirstName>Zoë</FirstName><Surname>Müller</Surname></PersonName>
   <ContactInfo>
    <Address><Contact><AddressLine>Kai 1</AddressLine><PostalCode>50667</PostalCode>
     <Municipality>Köln</Municipality><Country><Code>EL</Code><Label>Hellas</Label></Country>
    </Contact></Address>
    <Email><Contact>zoe@example.com</Contact></Email>
    <TelephoneList><Telephone><Contact>+49 221 5550123</Contact></Telephone>
     <Telephone><Contact>0221 1</Contact></Telephone></TelephoneList>
    <WebsiteList><Website><Contact>www.zoe.example</Contact></Website>
     <Website><Contact>https://b.example</Contact><Use><Label>Blog</Label></Use></Website>
    </WebsiteList>
   </ContactInfo>
   <Demographics><Birthdate year="1990" month="--03" day="---10"/></Demographics>
  </Identification>
  <Headline><Type><Code>preferred_job</Code></Type>
   <Description><Label>Sailmaker</Label></Description></Headline>
  <WorkExperienceList><WorkExperience>
   <Period><From year="2019" month="--05"/><To year="2024" month="--06" day="---29"/></Period>
   <Position><Code>7.1</Code><Label>Foreman</Label></Position>
   <Activities>&lt;p&gt;Sails:&lt;/p&gt;&lt;ul&gt;&lt;li&gt;cut &amp;amp; sewn&lt;/li&gt;
    &lt;li&gt;&lt;script&gt;x&lt;/script&gt;mended&lt;/li&gt;&lt;/ul&gt;</Activities>
   <Employer><Name>Yard</Name><ContactInfo><Address><Contact><Municipality>Bergen</Municipality>
    <Country><Code>NO</Code><Label>Norway</Label></Country></Contact></Address></ContactInfo>
   </Employer>
  </WorkExperience></WorkExperienceList>
  <EducationList><Education><Period><From year="2013"/></Period><Title>Master</Title>
   <Organisation><Name>University</Name></Organisation><Field><Label>Mathematics</Label></Field>
  </Education></EducationList>
  <Skills>
   <Linguistic>
    <MotherTongueList><MotherTongue><Description><Label>German</Label></Description>
    </MotherTongue></MotherTongueList>
    <ForeignLanguageList><ForeignLanguage><Description><Code>fr</Code></Description>
     <ProficiencyLevel><Listening>B2</Listening><SpokenInteraction>B1</SpokenInteraction>
     </ProficiencyLevel></ForeignLanguage></ForeignLanguageList>
   </Linguistic>
   <Computer><Description>CAD</Description></Computer>
   <Driving><Description><Licence>B</Licence></Description></Driving>
  </Skills>
  <AchievementList><Achievement><Title><Code>honors_awards</Code><Label>Prize</Label></Title>
   <Description>First</Description></Achievement></AchievementList>
 </LearnerInfo>
</SkillsPassport>"""

FROM_PASSPORT = {
    "basics": {
        "name": "Zoë Müller",
        "label": "Sailmaker",
        "email": "zoe@example.com",
        "phone": "+49 221 5550123",
        "url": "https://www.zoe.example",
        "location": {
            "address": "Kai 1",
            "postalCode": "50667",
            "city": "Köln",
            "countryCode": "GR",
        },
        "profiles": [{"network": "Blog", "url": "https://b.example"}],
    },
    "work": [
        {
            "position": "Foreman",
            "name": "Yard",
            "location": "Bergen, Norway",
            "startDate": "2019-05",
            "endDate": "2024-06-29",
            "summary": "Sails:\ncut & sewn\nxmended",
        }
    ],
    "education": [
        {
            "studyType": "Master",
            "institution": "University",
            "area": "Mathematics",
            "startDate": "2013",
        }
    ],
    "languages": [
        {"language": "German", "fluency": "Native speaker"},
        {"language": "fr", "fluency": "Listening B2, Spoken interaction B1"},
    ],
    "skills": [
        {"name": "Digital skills", "keywords": ["CAD"]},
        {"name": "Driving licence", "keywords": ["B"]},
    ],
    "awards": [{"title": "Prize", "summary": "First"}],
}

CANDIDATE = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Candidate xmlns="http://www.europass.eu/1.0" xmlns:oa="http://www.openapplications.org/oagis/9"
 xmlns:eures="http://www.europass_eures.eu/1.0" xmlns:hr="http://www.hr-xml.org/3">
 <CandidateSupplier><hr:PartyName>Owner</hr:PartyName></CandidateSupplier>
 <CandidatePerson>
  <PersonName><oa:GivenName>Ada</oa:GivenName><hr:FamilyName>Byron</hr:FamilyName></PersonName>
  <Communication><ChannelCode>Email</ChannelCode><oa:URI>ada@example.com</oa:URI></Communication>
  <Communication><ChannelCode>Email</ChannelCode><oa:URI>b@example.com</oa:URI></Communication>
  <Communication><ChannelCode>Telephone</ChannelCode><UseCode>mobile</UseCode>
   <CountryDialing>47</CountryDialing><oa:DialNumber>22 34 56 78</oa:DialNumber></Communication>
  <Communication><ChannelCode>Social Media</ChannelCode><UseCode>linkedin</UseCode>
   <oa:URI>https://linkedin.com/in/ada</oa:URI></Communication>
  <Communication><UseCode>home</UseCode><Address><oa:CityName>Bergen</oa:CityName>
   <CountryCode>no</CountryCode></Address></Communication>
  <hr:BirthDate>1815-12-10</hr:BirthDate>
  <PrimaryLanguageCode name="NORMAL">eng</PrimaryLanguageCode>
 </CandidatePerson>
 <CandidateProfile languageCode="en">
  <hr:ExecutiveSummary>&lt;p&gt;I build boats.&lt;/p&gt;</hr:ExecutiveSummary>
  <EmploymentHistory><EmployerHistory><hr:OrganizationName>Yard</hr:OrganizationName>
   <PositionHistory><PositionTitle typeCode="FREETEXT">Boat
     builder</PositionTitle><eures:EmploymentPeriod>
    <eures:StartDate><hr:FormattedDateTime>2021-10</hr:FormattedDateTime></eures:StartDate>
    <hr:CurrentIndicator>true</hr:CurrentIndicator></eures:EmploymentPeriod>
    <oa:Description>&lt;p&gt;Keels&lt;/p&gt;</oa:Description><City>Bergen</City></PositionHistory>
  </EmployerHistory></EmploymentHistory>
  <EducationHistory><EducationOrganizationAttendance>
   <hr:OrganizationName>School</hr:OrganizationName><EducationLevelCode>6</EducationLevelCode>
   <AttendancePeriod><EndDate><hr:FormattedDateTime>2020</hr:FormattedDateTime></EndDate>
   </AttendancePeriod><EducationDegree><hr:DegreeName>Bachelor</hr:DegreeName>
   <FinalGrade><hr:ScoreText>A</hr:ScoreText></FinalGrade></EducationDegree>
  </EducationOrganizationAttendance></EducationHistory>
  <PersonQualifications><PersonCompetency><CompetencyID>fre</CompetencyID>
   <hr:TaxonomyID>language</hr:TaxonomyID><eures:CompetencyDimension>
   <hr:CompetencyDimensionTypeCode>CEF-Understanding-Reading</hr:CompetencyDimensionTypeCode>
   <eures:Score><hr:ScoreText>C1</hr:ScoreText></eures:Score></eures:CompetencyDimension>
  </PersonCompetency></PersonQualifications>
  <Skills><SkillsGroup><Title>Tools</Title><PersonCompetency>
   <hr:TaxonomyID>Digital_Skill</hr:TaxonomyID><hr:CompetencyName>CAD</hr:CompetencyName>
  </PersonCompetency></SkillsGroup></Skills>
  <Others><Title>Boats</Title><Other><Title>Ketch</Title><Description>&lt;p&gt;12 m&lt;/p&gt;
   </Description></Other></Others>
 </CandidateProfile>
</Candidate>"""

FROM_CANDIDATE = {
    "basics": {
        "name": "Ada Byron",
        "email": "ada@example.com",
        "phone": "+47 22 34 56 78",
        "location": {"city": "Bergen", "countryCode": "NO"},
        "profiles": [{"network": "linkedin", "url": "https://linkedin.com/in/ada"}],
        "summary": "I build boats.",
    },
    "work": [
        {
            "name": "Yard",
            "location": "Bergen",
            "position": "Boat builder",
            "startDate": "2021-10",
            "summary": "Keels",
        }
    ],
    "education": [
        {"institution": "School", "studyType": "Bachelor", "endDate": "2020", "score": "A"}
    ],
    "languages": [
        {"language": "English", "fluency": "Native speaker"},
        {"language": "French", "fluency": "Reading C1"},
    ],
    "skills": [{"name": "Tools", "keywords": ["CAD"]}],
    "projects": [{"name": "Ketch", "type": "Boats", "description": "12 m"}],
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_skills_passport_is_read_in_any_encoding(encoding: str) -> None:
    answer = read(PASSPORT.format(encoding=encoding).encode(encoding), "europass")
    assert answer == {
        "resume": FROM_PASSPORT,
        "left_out": [
            "Identification/ContactInfo/Telephone/Contact",
            "Identification/Demographics/Birthdate",
        ],
    }


def test_candidate_of_the_website_is_read() -> None:
    answer = read(CANDIDATE.encode(), "europass")
    assert answer == {
        "resume": FROM_CANDIDATE,
        "left_out": [
            "Communication/URI",
            "BirthDate",
            "EducationOrganizationAttendance/EducationLevelCode",
        ],
    }


ROOT = "<SkillsPassport>{}</SkillsPassport>"
EXTERNAL = '<!DOCTYPE SkillsPassport [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (EXTERNAL + ROOT.format("<LearnerInfo>&x;</LearnerInfo>"), "declarations"),
        (BOMB + ROOT.format("&b;"), "declarations"),
        ('<!DOCTYPE x SYSTEM "https://evil.example/x.dtd">' + ROOT.format(""), "declarations"),
        (ROOT.format("&x;"), "not-readable"),
        (ROOT.format("<a>" * MOST_DEPTH + "</a>" * MOST_DEPTH), "too-complex"),
        (ROOT.format("<a/>" * MOST_ELEMENTS), "too-complex"),
        (ROOT.format("<a>"), "not-readable"),
        ("I build boats.", "not-readable"),
        ("", "not-readable"),
        ("<html/>", "not-europass"),
        ('<?xml version="1.0" encoding="utf-7"?>' + ROOT.format(""), "not-readable"),
        ('<?xml version="1.0" encoding="no-such"?>' + ROOT.format(""), "not-readable"),
        (b"<SkillsPassport>\xff</SkillsPassport>", "not-readable"),
    ],
)
def test_hostile_or_other_xml_is_refused(content: Any, reason: str) -> None:
    answer = read(content if isinstance(content, bytes) else content.encode(), "europass")
    assert answer == {"refused": reason}
