import { Conflict, Invalid, Problem, UnsupportedMediaType } from '../../platform/index.js';

@Problem({
  code: 'image_type_refused',
  title: 'Not a picture that is taken',
  cause:
    'By its content, whatever its name says, the file is no JPEG, PNG, WebP, AVIF or GIF. SVG is refused because it can carry scripts.',
  remedy: 'Save the picture as one of these and send it again.',
})
export class ImageTypeRefused extends UnsupportedMediaType {}

@Problem({
  code: 'image_unreadable',
  title: 'Picture cannot be read',
  cause: 'The file is damaged or not complete, or it has more pixels than are taken.',
  remedy: 'Send the whole file, or a smaller picture: at most 50 megapixels.',
})
export class ImageUnreadable extends Invalid {}

@Problem({
  code: 'too_many_media',
  title: 'Too many pictures',
  cause: 'The product has as many pictures as it can have.',
  remedy: 'Delete one of them first.',
})
export class TooManyMedia extends Conflict {
  constructor(most: number) {
    super(`A product has at most ${most} uploaded pictures.`);
  }
}
