"""What members of an employer read about applicants, and what they write about them."""
