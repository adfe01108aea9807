"""The system as template.yml deploys it: many instances, their timer and their triggers."""
