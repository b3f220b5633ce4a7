// The texts of privacy notices and of the consent to them.

export const consentTexts = {
  notice: "Privacy notice",
  noticeOf: (employer) => `Privacy notice of ${employer}`,
  read: "Read the privacy notice",
  agree: (employer) => `I have read the privacy notice, and agree that ${employer} gets my application.`,
  missing: "Read the privacy notice, and tick this box to send your application.",
  agreed: (day) => `What you agreed to on ${day}`,
  none: "No consent recorded",
  own: (version) => `Version ${version}`,
  standard: "Standard text",
};
