import { Injectable } from '@nestjs/common';
import { ShopperGroups } from '../../catalog/index.js';
import { CustomerGroups } from '../../customers/index.js';

/** Lets the catalog explain to shoppers the price that their carts have. */
@Injectable()
export class GroupsForPrices {
  constructor(shoppers: ShopperGroups, groups: CustomerGroups) {
    shoppers.lookUpBy((userId) => groups.of(userId));
  }
}
