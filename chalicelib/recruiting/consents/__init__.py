"""Privacy notices, and the consent of candidates to them."""
