// The texts of receipts: the page that checks one, and the part of the page of an application.

export const receiptTexts = {
  title: "Check a receipt",
  hint: "A receipt proves that an application was accepted. A saved receipt is checked in this browser and sent nowhere.",
  paste: "Receipt",
  pasteHint: "Paste the text of the receipt, or choose its file.",
  file: "File with a receipt",
  check: "Check",
  noKeys: "The public keys cannot be loaded right now. Connect to the Internet once, then check again.",
  genuine: "This receipt is genuine",
  errors: {
    format: "This is not a receipt. A receipt has three parts with dots between them.",
    key: "This receipt is not ours: none of our keys signed it.",
    signature: "This receipt is not valid: it was changed after it was signed.",
    browser:
      "This browser cannot check the signature (Ed25519). Use a current version of Chrome, Edge, Firefox or Safari, over HTTPS.",
    interim:
      "This is an interim receipt, which only we can check and exchange for a receipt that anyone can check. Connect to the Internet, then check again.",
    file: "The file cannot be read. Choose the file that you saved as a receipt.",
  },
  proves: (dateTime) => `The application below was accepted on ${dateTime}.`,
  provesPlace: (sequence) =>
    `It is entry ${sequence} in the log of all applications that were accepted for the posting.`,
  provesContent: (revision) =>
    `What was accepted has the fingerprints below${revision > 1 ? ` (revision ${revision})` : ""}. The fingerprint of any other text differs.`,
  provesHead: (size) =>
    `The log had ${size} entries in its newest published state. Nobody can change those entries without contradicting this receipt.`,
  provesNotTitle: "What it does not prove",
  provesNot: "That the employer read the application, or what became of it. It names no person.",
  names: {
    iss: "Issued by",
    jti: "Application",
    posting: "Posting",
    sub: "Candidate",
    log: "Log",
    text: "Fingerprint of the text (SHA-256)",
    answers: "Fingerprint of the answers (SHA-256)",
    files: "Fingerprint of the files (SHA-256)",
    root: "Root of the log",
  },
  ofApplication: {
    title: "Receipt",
    hint: "We signed it. It proves when we accepted this application, and what you sent.",
    save: "Save receipt",
    saved: "The receipt is saved as a file.",
    fileName: (id) => `receipt-${id}.txt`,
    checkPage: "Check a saved receipt",
  },
};
