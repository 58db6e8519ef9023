"""What lies over the dashboard: one sample told in full, questions, the keys."""
