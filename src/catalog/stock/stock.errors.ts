import { Conflict, Problem } from '../../platform/index.js';

@Problem({
  code: 'location_exists',
  title: 'Location exists',
  cause: 'Another location has this code.',
  remedy: 'Choose another code, or change the location that has it.',
})
export class LocationExists extends Conflict {
  constructor(code: string) {
    super(`There is a location "${code}" already.`);
  }
}

@Problem({
  code: 'location_in_use',
  title: 'Location is in use',
  cause: 'Goods lie there, or transfers name it.',
  remedy: 'Bring what lies there elsewhere, or set `active` to false: nothing can be brought there any more.',
})
export class LocationInUse extends Conflict {
  constructor(code: string) {
    super(`Goods lie at the location "${code}", or transfers name it.`);
  }
}

@Problem({
  code: 'location_is_main',
  title: 'The main location stays',
  cause: 'The main location takes whatever is said to be nowhere else.',
  remedy: 'Change its name if you like; it can neither be deleted nor be made inactive.',
})
export class LocationIsMain extends Conflict {
  constructor() {
    super('The main location can neither be deleted nor be made inactive.');
  }
}

@Problem({
  code: 'stock_not_at_location',
  title: 'Not so many lie there',
  cause: 'More would be taken away than lies at the location.',
  remedy: 'Take fewer, or take them from where they lie.',
  extra: {
    location: { type: 'string', description: 'Where too few lie.' },
    onHand: { type: 'integer', description: 'How many lie there now.' },
  },
})
export class StockNotAtLocation extends Conflict {
  constructor(variantId: string, location: string, onHand: number) {
    super(`Of variant ${variantId}, ${onHand} lie at "${location}".`, { extra: { location, onHand } });
  }
}

@Problem({
  code: 'transfer_is_over',
  title: 'Transfer is over',
  cause: 'It has arrived, or was called back, already.',
  remedy: 'Send the goods back with another transfer.',
})
export class TransferIsOver extends Conflict {
  constructor(id: string, status: string) {
    super(`Transfer ${id} is ${status}.`);
  }
}
