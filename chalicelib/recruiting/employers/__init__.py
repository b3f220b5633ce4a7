"""Employers, their members and invitations, and the policy of routes for members."""
