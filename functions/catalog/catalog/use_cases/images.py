"""Pictures of products: asked for, taken in, shown."""

from catalog.domain import images as domain
from catalog.domain.images import AwaitedImage, ContentType, ImageNotFoundError, TooManyImagesError
from catalog.domain.products import ProductChanges
from catalog.use_cases.ports import ImagePorts, Picture, UploadForm
from catalog.use_cases.products import ATTEMPTS, change_product, get_product
from minishop.errors import StaleVersionError


def ask_for_image(
    ports: ImagePorts, product_id: str, content_type: ContentType, *, actor: str, correlation_id: str
) -> tuple[AwaitedImage, UploadForm, str]:
    """A picture that may be uploaded now, where it goes, and the URL that it will have.

    Raises ProductNotFoundError, TooManyImagesError.
    """
    product = get_product(ports.shop, product_id).product
    if len(product.images) >= domain.MAX_IMAGES:
        raise TooManyImagesError(f"A product has at most {domain.MAX_IMAGES} pictures; take one out first.")
    image = AwaitedImage(
        id=ports.shop.ids.new("img"),
        product_id=product_id,
        content_type=content_type,
        actor=actor,
        correlation_id=correlation_id,
        asked_at=ports.shop.clock.now(),
    )
    ports.images.insert(image)
    return image, ports.pictures.upload_form(image.id, content_type), ports.pictures.url(image.id)


def awaited_images(ports: ImagePorts) -> list[AwaitedImage]:
    """Those that wait for their upload, or to be taken in; the oldest first."""
    return list(ports.images.awaited())


def take_image_in(ports: ImagePorts, image: AwaitedImage) -> bool:
    """Adds a picture to its product, if it is there and is one; whether it did. What comes to nothing is dropped.

    Raises StaleVersionError when the product keeps changing.
    """
    head = ports.pictures.head(image.id)
    if head is None and not image.is_late(ports.shop.clock.now()):
        return False
    is_picture = head is not None and domain.looks_like(image.content_type, head)
    taken = is_picture and _add(ports, image)
    if head is not None and not taken:
        ports.pictures.remove(image.id)
    ports.images.remove(image.id)
    return taken


def _add(ports: ImagePorts, image: AwaitedImage) -> bool:
    url = ports.pictures.url(image.id)
    for _ in range(ATTEMPTS):
        product = get_product(ports.shop, image.product_id).product
        if url in product.images:
            return True
        if len(product.images) >= domain.MAX_IMAGES:
            return False
        changes = ProductChanges(images=(*product.images, url))
        try:
            change_product(ports.shop, product.id, changes, expected=product.version)
        except StaleVersionError:
            continue
        return True
    raise StaleVersionError("The product keeps changing.")


def read_image(ports: ImagePorts, image_id: str) -> Picture:
    """A picture as it was uploaded. Raises ImageNotFoundError."""
    picture = ports.pictures.read(image_id)
    if picture is None or picture.content_type not in set(ContentType) or len(picture.content) > domain.MAX_BYTES:
        raise ImageNotFoundError("There is no such picture.")
    return picture
