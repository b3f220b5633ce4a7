// The texts of keyboard shortcuts.

export const shortcutTexts = {
  open: "Keyboard shortcuts",
  title: "Keyboard shortcuts",
  help: "Show this help",
  hint: "They do nothing while you type or use a dialog.",
  off: "Switch them off in this browser",
  close: "Close",
  nextRow: "Next row",
  previousRow: "Previous row",
  openRow: "Open the row",
  keys: { Enter: "Enter", ArrowLeft: "←", ArrowRight: "→" },
};
