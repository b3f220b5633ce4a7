"""Mail: templates, the ledger of what was sent, and SES as the way out."""
