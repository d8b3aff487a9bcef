"""SMS, by SNS."""

from botocore.exceptions import ClientError

from minishop import aws
from notifications.domain.errors import UndeliverableError
from notifications.use_cases.ports import Contact, Message

FOR_GOOD = frozenset({"InvalidParameter", "ParameterValueInvalid"})  # SNS's codes are not its exceptions' names


class Texter:
    """Implements `notifications.use_cases.ports.Sender` with SNS."""

    def address_of(self, contact: Contact) -> str:
        """The telephone number."""
        return contact.phone

    def send(self, address: str, message: Message) -> str:
        """SNS's message id. One call. Raises UndeliverableError when SNS rejects the number."""
        kind = {"DataType": "String", "StringValue": "Transactional"}
        try:
            answer = aws.client("sns", 1).publish(
                PhoneNumber=address, Message=message.text, MessageAttributes={"AWS.SNS.SMS.SMSType": kind}
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in FOR_GOOD:
                raise UndeliverableError(code) from error
            raise
        return str(answer["MessageId"])
