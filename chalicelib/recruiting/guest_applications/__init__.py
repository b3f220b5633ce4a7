"""Applications of people who are not logged in: accepted when an e-mailed link is followed."""
