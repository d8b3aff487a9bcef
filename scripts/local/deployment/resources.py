"""Creates a template's resources in moto, one creator for each type, through the public AWS API.

Why not through moto's CloudFormation: it ignores secrets, queue policies, time to live, point-in-time recovery,
schedules and e-mail identities, and misreads references to an event bus, so that most types need calls of their own
anyway; its import costs 1.4 s and 130 MB; and the same creators serve the integration tests, in process.
"""

import json
import secrets
import string
from collections.abc import Mapping
from typing import Any

from scripts.local.deployment.cloud import Cloud, Created, Kind

_TAGS = frozenset({"Tags"})


def _create_queue(cloud: Cloud, id_: str, properties: Mapping[str, Any]) -> Created:
    name = cloud.name(id_, properties.get("QueueName"))
    attributes = {key: _text(value) for key, value in properties.items() if key not in {"QueueName", "Tags"}}
    url = cloud.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return Created(url, {"Arn": cloud.arn("sqs", name), "QueueName": name, "QueueUrl": url})


def _create_queue_policy(cloud: Cloud, id_: str, properties: Mapping[str, Any]) -> Created:
    for url in properties["Queues"]:
        attributes = {"Policy": json.dumps(properties["PolicyDocument"])}
        cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=attributes)
    return Created(cloud.name(id_))


def _create_event_bus(cloud: Cloud, id_: str, properties: Mapping[str, Any]) -> Created:
    name = cloud.name(id_, properties["Name"])
    cloud.client("events").create_event_bus(Name=name)
    return Created(name, {"Arn": cloud.arn("events", f"event-bus/{name}"), "Name": name})


def _create_rule(cloud: Cloud, id_: str, properties: Mapping[str, Any]) -> Created:
    name = cloud.name(id_, properties.get("Name"))[:64]
    bus = str(properties.get("EventBusName", "default")).rpartition("/")[2]
    arguments = _only(properties, "ScheduleExpression", "State", "Description", "RoleArn")
    if "EventPattern" in properties:
        arguments["EventPattern"] = json.dumps(properties["EventPattern"])
    events = cloud.client("events")
    events.put_rule(Name=name, EventBusName=bus, **arguments)
    if properties.get("Targets"):
        events.put_targets(Rule=name, EventBusName=bus, Targets=list(properties["Targets"]))
    qualified = name if bus == "default" else f"{bus}/{name}"
    ref = name if bus == "default" else f"{bus}|{name}"
    return Created(ref, {"Arn": cloud.arn("events", f"rule/{qualified}")})


def _create_role(cloud: Cloud, id_: str, properties: Mapping[str, Any]) -> Created:
    name = cloud.name(id_, properties.get("RoleName"))[:64]
    iam = cloud.client("iam")
    path = properties.get("Path", "/")
    trust = json.dumps(properties["AssumeRolePolicyDocument"])
    role = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust)["Role"]
    for policy in properties.get("Policies", []):
        # SAM's own policies name no version; moto insists on one.
        document = json.dumps({"Version": "2012-10-17", **policy["PolicyDocument"]})
        iam.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=document)
    return Created(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})


def _create_log_group(cloud: Cloud, id_: str, properties: Mapping[str, Any]) -> Created:
    name = cloud.name(id_, properties.get("LogGroupName"))
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName=name)
    if "RetentionInDays" in properties:
        logs.put_retention_policy(logGroupName=name, retentionInDays=int(properties["RetentionInDays"]))
    return Created(name, {"Arn": cloud.arn("logs", f"log-group:{name}:*")})


def _create_bucket(cloud: Cloud, id_: str, properties: Mapping[str, Any]) -> Created:
    name = cloud.name(id_, properties.get("BucketName")).lower()
    s3 = cloud.client("s3")
    where = {} if cloud.region == "us-east-1" else {"LocationConstraint": cloud.region}
    s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": where} if where else {}))
    if "VersioningConfiguration" in properties:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=properties["VersioningConfiguration"])
    if "CorsConfiguration" in properties:
        s3.put_bucket_cors(Bucket=name, CORSConfiguration=_cors(properties["CorsConfiguration"]))
    names = {"DomainName": f"{name}.s3.amazonaws.com"}
    names["RegionalDomainName"] = f"{name}.s3.{cloud.region}.amazonaws.com"
    return Created(name, {"Arn": f"arn:aws:s3:::{name}", **names})


def _cors(configuration: Mapping[str, Any]) -> dict[str, Any]:
    # CloudFormation's names of the members are its own; the API has "MaxAgeSeconds" and "ExposeHeaders".
    renamed = {"MaxAge": "MaxAgeSeconds", "ExposedHeaders": "ExposeHeaders", "Id": "ID"}
    rules = configuration["CorsRules"]
    return {"CORSRules": [{renamed.get(key, key): value for key, value in rule.items()} for rule in rules]}


def _create_key(cloud: Cloud, _id: str, properties: Mapping[str, Any]) -> Created:
    arguments = _only(properties, "KeySpec", "KeyUsage", "Description")
    if "KeyPolicy" in properties:
        arguments["Policy"] = json.dumps(properties["KeyPolicy"])
    key = cloud.client("kms").create_key(**arguments)["KeyMetadata"]
    return Created(key["KeyId"], {"Arn": key["Arn"], "KeyId": key["KeyId"]})


def _create_alias(cloud: Cloud, _id: str, properties: Mapping[str, Any]) -> Created:
    name = str(properties["AliasName"])
    cloud.client("kms").create_alias(AliasName=name, TargetKeyId=properties["TargetKeyId"])
    return Created(name)


def _create_secret(cloud: Cloud, id_: str, properties: Mapping[str, Any]) -> Created:
    value = properties.get("SecretString")
    if "GenerateSecretString" in properties:
        value = _generate_secret(properties["GenerateSecretString"])
    name = cloud.name(id_, properties.get("Name"))
    arguments = _only(properties, "Description") | ({"SecretString": value} if value is not None else {})
    arn = cloud.client("secretsmanager").create_secret(Name=name, **arguments)["ARN"]
    return Created(arn, {"Id": arn})


def _generate_secret(how: Mapping[str, Any]) -> str:
    letters = "" if _truth(how.get("ExcludeLowercase")) else string.ascii_lowercase
    letters += "" if _truth(how.get("ExcludeUppercase")) else string.ascii_uppercase
    letters += "" if _truth(how.get("ExcludeNumbers")) else string.digits
    letters += "" if _truth(how.get("ExcludePunctuation")) else string.punctuation
    letters = "".join(each for each in letters if each not in how.get("ExcludeCharacters", ""))
    password = "".join(secrets.choice(letters) for _ in range(int(how.get("PasswordLength", 32))))
    if "GenerateStringKey" not in how:
        return password
    return json.dumps(json.loads(how["SecretStringTemplate"]) | {how["GenerateStringKey"]: password})


def _create_email_identity(cloud: Cloud, _id: str, properties: Mapping[str, Any]) -> Created:
    identity = str(properties["EmailIdentity"])
    ses = cloud.client("ses")
    if "@" in identity:
        ses.verify_email_identity(EmailAddress=identity)
    else:
        ses.verify_domain_identity(Domain=identity)
    return Created(identity)


def _create_configuration_set(cloud: Cloud, id_: str, properties: Mapping[str, Any]) -> Created:
    name = cloud.name(id_, properties.get("Name"))
    cloud.client("ses").create_configuration_set(ConfigurationSet={"Name": name})
    return Created(name)


def _create_event_destination(cloud: Cloud, id_: str, properties: Mapping[str, Any]) -> Created:
    given = properties["EventDestination"]
    destination = _only(given, "Name", "Enabled", "MatchingEventTypes")
    destination["SNSDestination"] = given["SnsDestination"]
    name = properties["ConfigurationSetName"]
    cloud.client("ses").create_configuration_set_event_destination(
        ConfigurationSetName=name, EventDestination=destination
    )
    return Created(cloud.name(id_))


def _create_topic(cloud: Cloud, id_: str, properties: Mapping[str, Any]) -> Created:
    name = cloud.name(id_, properties.get("TopicName"))
    arn = cloud.client("sns").create_topic(Name=name)["TopicArn"]
    return Created(arn, {"TopicArn": arn, "TopicName": name})


def _create_topic_policy(cloud: Cloud, id_: str, properties: Mapping[str, Any]) -> Created:
    policy = json.dumps(properties["PolicyDocument"])
    for arn in properties["Topics"]:
        cloud.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    return Created(cloud.name(id_))


def _create_subscription(cloud: Cloud, _id: str, properties: Mapping[str, Any]) -> Created:
    attributes = {key: _text(value) for key, value in _only(properties, "RawMessageDelivery", "RedrivePolicy").items()}
    answer = cloud.client("sns").subscribe(
        **_only(properties, "TopicArn", "Protocol", "Endpoint"), Attributes=attributes, ReturnSubscriptionArn=True
    )
    return Created(answer["SubscriptionArn"])


def _only(properties: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: properties[name] for name in names if name in properties}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, Mapping) else str(value)


def _truth(value: Any) -> bool:
    return str(value).lower() == "true"


KINDS: Mapping[str, Kind] = {
    "AWS::SQS::Queue": Kind(
        _create_queue,
        frozenset(
            {
                "QueueName",
                "DelaySeconds",
                "MaximumMessageSize",
                "MessageRetentionPeriod",
                "RedrivePolicy",
                "ReceiveMessageWaitTimeSeconds",
                "VisibilityTimeout",
                "FifoQueue",
                "ContentBasedDeduplication",
                "SqsManagedSseEnabled",
                "KmsMasterKeyId",
                "RedriveAllowPolicy",
            }
        ),
        _TAGS,
    ),
    "AWS::SQS::QueuePolicy": Kind(_create_queue_policy, frozenset({"Queues", "PolicyDocument"})),
    "AWS::Events::EventBus": Kind(_create_event_bus, frozenset({"Name"}), _TAGS | {"Description"}),
    "AWS::Events::Rule": Kind(
        _create_rule,
        frozenset(
            {
                "Name",
                "EventBusName",
                "EventPattern",
                "ScheduleExpression",
                "State",
                "Description",
                "RoleArn",
                "Targets",
            }
        ),
    ),
    "AWS::IAM::Role": Kind(
        _create_role,
        frozenset({"RoleName", "Path", "AssumeRolePolicyDocument", "Policies"}),
        # Nothing evaluates policies here, and moto does not load the managed ones.
        _TAGS | {"ManagedPolicyArns", "Description", "MaxSessionDuration", "PermissionsBoundary"},
    ),
    "AWS::Logs::LogGroup": Kind(
        _create_log_group, frozenset({"LogGroupName", "RetentionInDays"}), _TAGS | {"KmsKeyId", "LogGroupClass"}
    ),
    "AWS::S3::Bucket": Kind(
        _create_bucket,
        frozenset({"BucketName", "VersioningConfiguration", "CorsConfiguration"}),
        # Encryption, access from outside, expiry and alarms mean nothing in the memory of one process.
        _TAGS
        | {
            "BucketEncryption",
            "PublicAccessBlockConfiguration",
            "LifecycleConfiguration",
            "NotificationConfiguration",
            "OwnershipControls",
        },
    ),
    "AWS::KMS::Key": Kind(
        _create_key,
        frozenset({"KeySpec", "KeyUsage", "Description", "KeyPolicy"}),
        _TAGS | {"EnableKeyRotation", "PendingWindowInDays", "Enabled"},
    ),
    "AWS::KMS::Alias": Kind(_create_alias, frozenset({"AliasName", "TargetKeyId"})),
    "AWS::SecretsManager::Secret": Kind(
        _create_secret,
        frozenset({"Name", "Description", "SecretString", "GenerateSecretString"}),
        _TAGS | {"KmsKeyId"},
    ),
    "AWS::SNS::Topic": Kind(_create_topic, frozenset({"TopicName"}), _TAGS | {"DisplayName", "KmsMasterKeyId"}),
    "AWS::SNS::TopicPolicy": Kind(_create_topic_policy, frozenset({"Topics", "PolicyDocument"})),
    "AWS::SNS::Subscription": Kind(
        _create_subscription,
        frozenset({"TopicArn", "Protocol", "Endpoint", "RawMessageDelivery", "RedrivePolicy"}),
    ),
    "AWS::SES::ConfigurationSet": Kind(
        _create_configuration_set,
        frozenset({"Name"}),
        _TAGS | {"SuppressionOptions"},  # nothing bounces here
    ),
    "AWS::SES::ConfigurationSetEventDestination": Kind(
        _create_event_destination, frozenset({"ConfigurationSetName", "EventDestination"})
    ),
    "AWS::SES::EmailIdentity": Kind(
        _create_email_identity,
        frozenset({"EmailIdentity"}),
        _TAGS | {"DkimAttributes", "DkimSigningAttributes", "FeedbackAttributes", "MailFromAttributes"},
    ),
}
