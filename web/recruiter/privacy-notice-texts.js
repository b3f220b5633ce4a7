// The texts of the section in which an owner writes the privacy notice of the employer.

export const privacyNoticeTexts = {
  title: "Privacy notice",
  hint: "Candidates agree to it before they apply. A change makes a new version. Those who have applied keep the version they agreed to.",
  label: "Text of the privacy notice",
  textHint: "Plain text. Leave a blank line between paragraphs, and begin the items of a list with “- ”.",
  standard: "Candidates now agree to the standard text below. Save your own text to replace it.",
  present: (version, day) => `Version ${version}, saved on ${day}`,
  save: "Save the privacy notice",
  saved: "Candidates agree to the new text from now on.",
  conflict: "Another owner has saved a new version. Copy your text, load the page again and compare both.",
};
