"""The one error of reading and deploying a template."""


class TemplateError(Exception):
    """The template cannot be deployed. Its text is one line that names the resource, or the file and line."""
