import type { DemoProduct } from '../demo-types.js';

/** Paper and pencils. */
export const STATIONERY: DemoProduct[] = [
  {
    name: 'Ship’s Log Notebook',
    category: 'stationery',
    description: 'Stone paper that takes pencil in the rain. 144 pages, lies flat.',
    tags: ['notebook', 'waterproof', 'log'],
    attributes: { pages: 144, paper: 'Stone' },
    option: 'Ruling',
    variants: [
      ['Ruled', 1890, 2090, 88],
      ['Squared', 1890, 2090, 60],
      ['Blank', 1890, 2090, 41],
    ],
    jpy: 2900,
  },
  {
    name: 'Brass Bullet Pencil',
    category: 'stationery',
    description: 'A pencil stub in a brass case, as long as a finger and hard to lose.',
    tags: ['pencil', 'brass'],
    attributes: { material: 'Brass' },
    variants: [['One size', 1490, 1590, 73]],
  },
  {
    name: 'Recipe Cards “Mess Call”',
    category: 'stationery',
    description: 'A hundred cards in a tin, with room for what went wrong.',
    tags: ['recipes', 'cards'],
    attributes: { count: 100 },
    variants: [['One size', 1690, 1790, 39]],
  },
];

/** Food that keeps. */
export const PANTRY: DemoProduct[] = [
  {
    name: 'Sea Salt from the Outer Banks',
    category: 'pantry',
    description: 'Flaky salt, dried by sun and wind. In a tin with a lid that shuts.',
    tags: ['salt', 'seasoning'],
    attributes: { organic: false },
    option: 'Weight',
    variants: [
      ['125 g', 590, 650, 180],
      ['500 g', 1690, 1850, 70],
    ],
  },
  {
    name: 'Ship’s Biscuits with Rosemary',
    category: 'pantry',
    description: 'Crisp, salty and edible, which is new. Keeps for a year.',
    tags: ['biscuits', 'snack'],
    attributes: { vegan: true },
    variants: [['200 g', 490, 550, 220]],
  },
  {
    name: 'Bitter Orange Marmalade',
    category: 'pantry',
    description: 'Seville oranges, thick cut, and just enough sugar to prevent scurvy and complaint.',
    tags: ['marmalade', 'breakfast', 'preserve'],
    attributes: { vegan: true },
    variants: [['340 g', 690, 750, 96]],
    kwd: 2250,
  },
  {
    name: 'Cook’s Spice Chest',
    category: 'pantry',
    description: 'Twelve tins of whole spices in a box of cedar, from allspice to star anise.',
    tags: ['spices', 'gift'],
    attributes: { tins: 12 },
    variants: [['One size', 5900, 6400, 15]],
  },
];
