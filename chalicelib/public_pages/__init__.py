"""Public pages of employers and postings, feeds for job boards, and the sitemap."""
