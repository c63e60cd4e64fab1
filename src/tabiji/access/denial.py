"""The words of a refusal, exactly as AWS writes them (data-plane 15.2)."""

from __future__ import annotations

from .context import RequestContext

EXIT_SERVICE_ERROR = 254
"""aws CLI v2: the service answered with an error (15.2)."""

POLICY_NAMES = {
    "endpoint": "VPC endpoint policy",
    "identity": "identity-based policy",
    "resource": "resource-based policy",
    "service_control": "service control policy",
    "resource_control": "resource control policy",
    "session": "session policy",
    "boundary": "permissions boundary",
}


def denial_text(by: str, explicit: bool, context: RequestContext) -> str:
    """The error message for a denial by that type of policy; what is not known stands in angle brackets."""
    name = POLICY_NAMES.get(by, by)
    who = context.principal if context.principal not in ("", "*") else "<arn>"
    action = context.action if not context.action.endswith(":") else f"{context.action}<action>"
    action = action or "<action>"
    if not explicit:
        return f"User: {who} is not authorized to perform: {action} because no {name} allows the {action} action"
    resource = context.resource or "<arn>"
    article = "an" if name[0] in "aeiou" else "a"
    return (
        f"User: {who} is not authorized to perform: {action} on resource: {resource} "
        f"with an explicit deny in {article} {name}"
    )


def cli_text(operation: str, message: str, code: str = "AccessDenied") -> str:
    """The line the aws CLI prints."""
    return f"An error occurred ({code}) when calling the {operation or '<operation>'} operation: {message}"
