import type { DemoCategory, DemoProduct } from './demo-types.js';
import { COFFEE } from './products/coffee.js';
import { KITCHEN } from './products/kitchen.js';
import { PANTRY, STATIONERY } from './products/stores.js';
import { TABLE } from './products/table.js';
import { TEA } from './products/tea.js';

/** Where things stand in the demo shop. */
export const DEMO_CATEGORIES: DemoCategory[] = [
  {
    slug: 'kitchen',
    name: 'Kitchen',
    description: 'Pots, pans and tools that stay put in any weather.',
    children: [
      { slug: 'cookware', name: 'Cookware', description: 'Pots and pans for stove and oven.' },
      { slug: 'kettles', name: 'Kettles', description: 'For the first thing anyone wants on watch.' },
      { slug: 'knives-and-boards', name: 'Knives & Boards', description: 'Sharp things and what to use them on.' },
      { slug: 'kitchen-tools', name: 'Kitchen Tools', description: 'Whisks, scales and timers.' },
    ],
  },
  {
    slug: 'coffee',
    name: 'Coffee',
    description: 'From bean to cup, at sea level and above.',
    children: [
      { slug: 'espresso-machines', name: 'Espresso Machines', description: 'Pressure, heat and patience.' },
      { slug: 'brewers', name: 'Brewers', description: 'Filters, presses and pots.' },
      { slug: 'grinders', name: 'Grinders', description: 'Fresh grounds, by hand or by motor.' },
      { slug: 'coffee-beans', name: 'Coffee Beans', description: 'Roasted in small batches.' },
    ],
  },
  {
    slug: 'tea',
    name: 'Tea',
    description: 'Leaves, pots and everything between.',
    children: [
      { slug: 'teaware', name: 'Teaware', description: 'Pots, strainers and cups.' },
      { slug: 'loose-tea', name: 'Loose Tea', description: 'Black, green and herbal.' },
    ],
  },
  {
    slug: 'table',
    name: 'Table & Textiles',
    description: 'What the crew eats from and wipes its hands on.',
    children: [
      { slug: 'tableware', name: 'Tableware', description: 'Mugs, bowls and plates.' },
      { slug: 'textiles', name: 'Textiles', description: 'Linen, cotton and wool.' },
    ],
  },
  { slug: 'stationery', name: 'Stationery', description: 'For logs, letters and shopping lists.' },
  { slug: 'pantry', name: 'Pantry', description: 'Food that keeps until the next port.' },
];

/** The demo shop: everything a ship's kitchen needs. All names are invented. */
export const DEMO_PRODUCTS: DemoProduct[] = [...KITCHEN, ...COFFEE, ...TEA, ...TABLE, ...STATIONERY, ...PANTRY];
