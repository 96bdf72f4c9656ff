import type { DemoProduct } from '../demo-types.js';

/** Tableware and textiles. */
export const TABLE: DemoProduct[] = [
  {
    name: 'Enamel Mug “Deckhand”',
    category: 'tableware',
    description: 'Holds 350 ml and any number of falls.',
    tags: ['mug', 'enamel', 'camping'],
    attributes: { capacity: '350 ml', material: 'Enamelled steel' },
    option: 'Color',
    variants: [
      ['White', 1290, 1390, 150],
      ['Navy', 1290, 1390, 130],
      ['Signal Red', 1290, 1390, 100],
      ['Mustard', 1290, 1390, 0],
    ],
    jpy: 1980,
    kwd: 4250,
  },
  {
    name: 'Stoneware Bowl “Lagoon”',
    category: 'tableware',
    description: 'Hand-thrown bowl with a reactive glaze; no two are the same blue.',
    tags: ['bowl', 'stoneware'],
    attributes: { material: 'Stoneware', dishwasher: true },
    option: 'Size',
    variants: [
      ['Small', 1690, 1850, 48],
      ['Large', 2490, 2690, 36],
    ],
  },
  {
    name: 'Fiddle-Rimmed Plate',
    category: 'tableware',
    description: 'A plate with a rim that stops the peas. Stacks and nests.',
    tags: ['plate', 'melamine'],
    attributes: { material: 'Bamboo fibre' },
    option: 'Color',
    variants: [
      ['Sand', 1190, 1290, 64],
      ['Sea Green', 1190, 1290, 58],
    ],
  },
  {
    name: 'Canvas Galley Apron',
    category: 'textiles',
    description: 'Heavy cotton canvas with crossed straps, four pockets and a loop for the towel.',
    tags: ['apron', 'cotton', 'canvas'],
    attributes: { material: 'Cotton', washable: '60 °C' },
    option: 'Color',
    variants: [
      ['Navy', 3900, 4200, 44],
      ['Sailcloth', 3900, 4200, 38],
      ['Rust', 3900, 4200, 21],
    ],
    before: [4500, 4900],
  },
  {
    name: 'Linen Tea Towels, Set of Three',
    category: 'textiles',
    description: 'Washed linen that dries glasses, dishes and, in need, charts.',
    tags: ['towel', 'linen'],
    attributes: { material: 'Linen' },
    variants: [['One size', 2900, 3200, 52]],
  },
  {
    name: 'Wool Watch Blanket',
    category: 'textiles',
    description: 'Recycled wool, woven thick. For the cockpit at four in the morning.',
    tags: ['blanket', 'wool'],
    attributes: { material: 'Recycled wool', size: '130 × 180 cm' },
    option: 'Color',
    variants: [
      ['Charcoal', 8900, 9600, 12],
      ['Oatmeal', 8900, 9600, 10],
    ],
  },
  {
    name: 'Oven Gloves “Hot Rope”',
    category: 'textiles',
    description: 'Quilted to the elbow, with a cord between them so that neither goes missing.',
    tags: ['oven gloves', 'cotton'],
    attributes: { material: 'Cotton', heatproof: '250 °C' },
    variants: [['One size', 2200, 2400, 47]],
  },
];
