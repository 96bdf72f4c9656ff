import type { Cost, Size } from './growth.ts';

const WIDTH = 960;
const HEIGHT = 400;
const PANEL = { width: 340, height: 290, top: 50 };
const COLOURS = ['#2563eb', '#d97706', '#059669', '#dc2626', '#7c3aed', '#0891b2', '#be185d', '#65a30d'];

interface Panel {
  title: string;
  left: number;
  of: (cost: Cost) => number;
}

const PANELS: Panel[] = [
  { title: 'ms of the machine for one request, not cached', left: 60, of: ({ cold }) => 1000 / cold.perSecond },
  { title: 'pages of the database looked at', left: 480, of: ({ buffers }) => buffers },
];

/** Cost against the size of the catalogue as SVG, both axes logarithmic: what is flat is level, what doubles is steep. */
export function plot(sizes: Size[]): string {
  const names = sizes[0]?.costs.map(({ workload }) => workload) ?? [];
  const panels = PANELS.map((panel) => drawn(panel, sizes, names)).join('\n');
  const legend = names.map(
    (name, at) =>
      `<g transform="translate(${60 + (at % 8) * 110} ${HEIGHT - 14})"><rect width="12" height="4" y="-6" fill="${COLOURS[at]}"/><text x="17">${name}</text></g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="sans-serif" font-size="11">
<title>Cost of reads against the size of the catalogue</title>
<style>text{fill:#333}.grid{stroke:#8886}@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>
${panels}
${legend.join('\n')}
</svg>
`;
}

function drawn({ title, left, of }: Panel, sizes: Size[], names: string[]): string {
  const costs = sizes.flatMap(({ costs }) => costs.map(of));
  const x = scale(
    sizes.map(({ products }) => products),
    left,
    left + PANEL.width,
  );
  const y = scale(costs, PANEL.top + PANEL.height, PANEL.top);
  const across = x.decades.map(
    (value) =>
      `<line class="grid" x1="${x.at(value)}" x2="${x.at(value)}" y1="${PANEL.top}" y2="${PANEL.top + PANEL.height}"/><text x="${x.at(value)}" y="${PANEL.top + PANEL.height + 16}" text-anchor="middle">${value.toLocaleString('en')}</text>`,
  );
  const up = y.decades.map(
    (value) =>
      `<line class="grid" x1="${left}" x2="${left + PANEL.width}" y1="${y.at(value)}" y2="${y.at(value)}"/><text x="${left - 6}" y="${y.at(value) + 4}" text-anchor="end">${value.toLocaleString('en')}</text>`,
  );
  const lines = names.map((name, index) => {
    const points = sizes.flatMap(({ products, costs }) =>
      costs.filter(({ workload }) => workload === name).map((cost) => `${x.at(products)},${y.at(of(cost))}`),
    );
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${COLOURS[index]}" stroke-width="2"/>`;
  });
  return [`<text x="${left}" y="30" font-size="13">${title}, by products</text>`, ...across, ...up, ...lines].join(
    '\n',
  );
}

/** From the power of ten below the lowest to the one above the highest. */
function scale(values: number[], from: number, to: number): { at: (value: number) => number; decades: number[] } {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const at = (value: number) => Math.round((from + ((Math.log10(value) - low) / (high - low)) * (to - from)) * 10) / 10;
  return { at, decades: Array.from({ length: high - low + 1 }, (_, step) => 10 ** (low + step)) };
}
