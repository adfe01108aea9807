"""The commands of mpsm, a module each; `register(app)` of a module adds its command."""
