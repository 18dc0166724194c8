"""Container images: own, from ECR, or owned by AWS."""

from .framework_image import FrameworkImage as FrameworkImage
from .framework_image import UnknownFrameworkImage as UnknownFrameworkImage
from .framework_image import frameworks as frameworks
from .image_repository import ImageRepository as ImageRepository
from .model_image import ModelImage as ModelImage
