"""The HTTP models of pictures."""

from catalog.domain.images import ContentType
from catalog.import_schemas import UploadAnswer
from minishop.schemas import AnswerModel, RequestModel


class AskForImageRequest(RequestModel):
    """What kind of picture is going to be uploaded."""

    content_type: ContentType


class ImageAnswer(AnswerModel):
    """A picture that can be uploaded now: at most 4 MiB. It is among the product's `images`, as `url`, soon after."""

    id: str
    url: str
    upload: UploadAnswer
