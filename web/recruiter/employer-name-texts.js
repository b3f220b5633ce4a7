// The texts of the form that renames an employer.

export const employerNameTexts = {
  title: "Name and address",
  hint: "Candidates read the name in postings and e-mails.",
  name: "Name of the employer",
  slug: "Address",
  slugHint: "2 to 60 small letters and digits, with single dashes between them.",
  address: "Your public page:",
  former:
    "Your former addresses keep working: the latest ten lead to the new one, and no other employer can take them.",
  save: "Save name and address",
  saved: "Saved. All postings and pages have the new name and address.",
  conflict: "Somebody else has changed this. Copy what you typed, then reload the page.",
  taken: "This address belongs to another employer, or did lately. Choose another.",
  invalid: "Use 2 to 60 small letters and digits, with single dashes between them.",
  invalidName: "Enter one line with at most 200 characters.",
};
