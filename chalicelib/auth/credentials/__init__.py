"""What proves an identity: passwords, second factors, e-mailed links, device tokens."""
