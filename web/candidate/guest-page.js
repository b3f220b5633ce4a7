// The pages of people who apply without logging in: the form, and the page of the e-mailed link.

import { page as confirmationPage } from "./guest-confirmation-page.js";
import { page as formPage } from "./guest-form-page.js";

export const page = (view) => (view.params.token ? confirmationPage(view) : formPage(view));
