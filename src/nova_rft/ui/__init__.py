"""Pages over a project, live while a job runs."""
