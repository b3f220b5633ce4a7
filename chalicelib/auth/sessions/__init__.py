"""Sessions: refresh tokens, access tokens and the keys that sign them."""
