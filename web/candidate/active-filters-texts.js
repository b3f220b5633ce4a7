// The texts of the list of active filters.

import { isolate } from "../core/text-model.js";

export const activeFiltersTexts = {
  title: "Active filters",
  remove: (name) => `Remove the filter ${isolate(name)}`,
};
