"""May this call be made?  Keys first, then every policy on its way (IA1-IA8)."""

from __future__ import annotations

import msgspec

from ....access import ANONYMOUS, DENY, Way, actions_of, authorise
from ....access.context import RequestContext
from ....access.evaluate import principal_of, resource_policy
from ....estate import Change, Estate
from ....estate.policy import ResourcePolicy
from ....journey.permission import ApiCall, contexts_of
from .call import Call
from .errors import AwsError
from .keys import Identity, Keys

UNSIGNED = frozenset(("AssumeRoleWithWebIdentity", "AssumeRoleWithSAML", "GetRoleCredentials", "RegisterClient"))
"""Operations that bring no signature."""
SIGNING = {"cloudwatch": "monitoring", "s3control": "s3", "dynamodbstreams": "dynamodb", "ecr-public": "ecr-public"}
"""botocore's service -> the name in the signature's scope, for those of the lab where they differ."""
GLOBAL = frozenset(("iam", "sts", "route53", "cloudfront", "organizations", "s3"))
"""Services a signature for another Region is not refused by: they have global names, or answer with a redirect."""


def identify(call: Call, keys: Keys) -> Identity | None:
    """Who signs; None for an unsigned call of S3 or one that needs no signature.

    Raises AwsError for a missing signature, one for another service or Region,
    and a key nobody has.
    """
    signature = call.signature
    if signature is None:
        if call.protocol == "s3" or call.operation in UNSIGNED:
            return None
        if call.protocol in ("query", "ec2"):
            raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        raise AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 400)
    identity = keys.identity(signature.key)
    if identity is None:
        raise _no_such_key(call)
    _check_scope(call)
    return identity


def _no_such_key(call: Call) -> AwsError:
    if call.protocol == "s3":
        text = "The AWS Access Key Id you provided does not exist in our records."
        return AwsError("InvalidAccessKeyId", text, 403)
    text = "The security token included in the request is invalid."
    if call.protocol == "ec2":
        return AwsError("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
    if call.protocol == "query":
        return AwsError("InvalidClientTokenId", text, 403)
    return AwsError("UnrecognizedClientException", text, 400)


def _check_scope(call: Call) -> None:
    """The scope of a signature must be the service and Region it came to (RQ45)."""
    signature = call.signature
    if signature is None or not signature.service:
        return
    mine = SIGNING.get(call.service, "")
    if mine and signature.service not in (mine, call.service):
        raise _wrong_scope(call, f"Credential should be scoped to correct service: '{mine}'. ")
    if not mine and call.service in ("logs", "ssm", "sqs", "kms", "s3", "ec2", "sts", "sns", "dynamodb"):
        if signature.service not in (call.service, "s3-object-lambda", "s3express"):
            raise _wrong_scope(call, f"Credential should be scoped to correct service: '{call.service}'. ")
    if signature.region != call.region and call.service not in GLOBAL:
        raise _wrong_scope(call, f"Credential should be scoped to a valid Region, not '{signature.region}'. ")


def _wrong_scope(call: Call, text: str) -> AwsError:
    if call.protocol == "s3":
        return AwsError("AuthorizationHeaderMalformed", f"The authorization header is malformed; {text}", 400)
    if call.protocol in ("query", "ec2"):
        return AwsError("SignatureDoesNotMatch", text, 403)
    return AwsError("InvalidSignatureException", text, 400)


def check(estate: Estate, call: Call, identity: Identity | None, way: Way) -> None:
    """Let the policies judge every action the call needs.  Raises AwsError in AWS's words when one denies."""
    principal = identity.policy if identity is not None else ANONYMOUS
    if identity is None and call.operation in UNSIGNED:
        return
    if not actions_of(call.service, call.operation) and not way.endpoint:
        return  # nothing to hold it against
    asked = ApiCall(
        service=call.service, operation=call.operation, principal=principal, params=call.params, region=call.region
    )
    for context in contexts_of(estate, asked, way, principal):
        if identity is not None:
            context = msgspec.structs.replace(context, principal=identity.arn)
        decision = authorise(_closed(estate, context), context)
        if decision.verdict == DENY:
            raise _denied(call, decision.denial_text)
        if identity is None and decision.verdict != "allow":
            raise _denied(call, "Access Denied")  # a bucket of which no policy is known is not public


def _closed(estate: Estate, context: RequestContext) -> Estate:
    """The estate in which a resource nobody wrote a policy for has none, as it was made in the lab.

    Only for callers whose own policies are known; of others nobody can tell what they may.
    """
    if principal_of(estate, context.principal) is None or resource_policy(estate, context.resource) is not None:
        return estate
    none = ResourcePolicy(arn=context.resource, account=context.account())
    return estate.with_changes([Change("resource_policies", context.resource, none)])


def _denied(call: Call, text: str) -> AwsError:
    if call.protocol == "ec2":
        return AwsError("UnauthorizedOperation", f"You are not authorized to perform this operation. {text}", 403)
    if call.protocol in ("s3", "query"):
        return AwsError("AccessDenied", text, 403)
    return AwsError("AccessDeniedException", text, 400)
