import type { DemoProduct } from '../demo-types.js';

/** Teaware and loose tea. */
export const TEA: DemoProduct[] = [
  {
    name: 'Cast Teapot “Breakwater”',
    category: 'teaware',
    description: 'Cast-iron teapot, enamelled inside, with a strainer that fits.',
    tags: ['teapot', 'cast iron'],
    attributes: { capacity: '0.8 l', material: 'Cast iron' },
    option: 'Color',
    variants: [
      ['Kelp Green', 5900, 6400, 14],
      ['Slate', 5900, 6400, 19],
    ],
  },
  {
    name: 'Glass Teapot “Clear Water”',
    category: 'teaware',
    description: 'Borosilicate glass with a bamboo lid. Watch the leaves open.',
    tags: ['teapot', 'glass'],
    attributes: { capacity: '1.2 l', material: 'Glass' },
    variants: [['One size', 3400, 3700, 25]],
  },
  {
    name: 'Lifebuoy Tea Strainer',
    category: 'teaware',
    description: 'A fine steel basket with a floating ring. It always comes back up.',
    tags: ['strainer', 'infuser'],
    attributes: { material: 'Steel and cork' },
    variants: [['One size', 990, 1090, 120]],
  },
  {
    name: 'Clipper Breakfast Tea',
    category: 'loose-tea',
    description: 'Strong Assam with a little Kenya. Takes milk the way a hull takes paint.',
    tags: ['black tea', 'breakfast'],
    attributes: { kind: 'Black', organic: true },
    option: 'Weight',
    variants: [
      ['100 g', 790, 890, 140],
      ['500 g', 3290, 3590, 45],
    ],
  },
  {
    name: 'Green Flash Sencha',
    category: 'loose-tea',
    description: 'Steamed green tea, grassy and bright. Eighty degrees, two minutes.',
    tags: ['green tea', 'sencha'],
    attributes: { kind: 'Green', organic: true },
    option: 'Weight',
    variants: [
      ['100 g', 1190, 1290, 95],
      ['250 g', 2690, 2890, 40],
    ],
    jpy: 1900,
  },
  {
    name: 'Calm Seas Herbal Tea',
    category: 'loose-tea',
    description: 'Peppermint, ginger and fennel, for stomachs that have not found their legs yet.',
    tags: ['herbal tea', 'ginger', 'peppermint'],
    attributes: { kind: 'Herbal', caffeine: false },
    variants: [['100 g', 690, 790, 110]],
  },
];
