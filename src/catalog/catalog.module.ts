import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/index.js';
import { Permissions, PlatformModule, settings } from '../platform/index.js';
import { BrandsController } from './brands/brands.controller.js';
import { BrandsService } from './brands/brands.service.js';
import { BulkController } from './bulk/bulk.controller.js';
import { BulkService } from './bulk/bulk.service.js';
import { CatalogSettings } from './catalog.settings.js';
import { Branches } from './categories/branches.js';
import { CategoriesController } from './categories/categories.controller.js';
import { CategoriesService } from './categories/categories.service.js';
import { CategoryCountsJobs } from './categories/category-counts.jobs.js';
import { CategoryTranslationsController } from './categories/category-translations.controller.js';
import { CollectionTranslationsController } from './collections/collection-translations.controller.js';
import { CollectionsController } from './collections/collections.controller.js';
import { CollectionsJobs } from './collections/collections.jobs.js';
import { CollectionsService } from './collections/collections.service.js';
import { DemoCatalog } from './demo/demo-catalog.js';
import { GenerateCommand } from './demo/generate.command.js';
import { ExportCommand } from './exports/export.command.js';
import { ExportsController } from './exports/exports.controller.js';
import { ProductExport } from './exports/product-export.service.js';
import { CatalogImport } from './imports/catalog-import.js';
import { ImportCommand } from './imports/import.command.js';
import { ImportCategories } from './imports/import-categories.js';
import { ImportReferences } from './imports/import-references.js';
import { ImportRunner } from './imports/import-runner.service.js';
import { ImportWriter } from './imports/import-writer.js';
import { ImportsController } from './imports/imports.controller.js';
import { ImportsJobs } from './imports/imports.jobs.js';
import { ImportsService } from './imports/imports.service.js';
import { ImportsSettings } from './imports/imports.settings.js';
import { MediaController } from './media/media.controller.js';
import { MediaJobs } from './media/media.jobs.js';
import { MediaService } from './media/media.service.js';
import { MediaSettings } from './media/media.settings.js';
import { MediaAddresses } from './media/media-addresses.js';
import { MediaFilesController } from './media/media-files.controller.js';
import { MediaSizes } from './media/media-sizes.service.js';
import { ShownMedia } from './media/shown-media.service.js';
import { UploadedPictures } from './media/uploaded-pictures.service.js';
import { Channels } from './prices/channels.js';
import { ListPrices } from './prices/list-prices.service.js';
import { PriceBook } from './prices/price-book.js';
import { PriceExplanation } from './prices/price-explanation.service.js';
import { PriceHistory } from './prices/price-history.service.js';
import { PriceListsController } from './prices/price-lists.controller.js';
import { PriceListsJobs } from './prices/price-lists.jobs.js';
import { PriceListsService } from './prices/price-lists.service.js';
import { ShopperGroups } from './prices/shopper-groups.js';
import { VariantPricesController } from './prices/variant-prices.controller.js';
import { ProductTypesController } from './product-types/product-types.controller.js';
import { ProductTypesService } from './product-types/product-types.service.js';
import { OptionsService } from './products/options.service.js';
import { ProductLists } from './products/product-lists.js';
import { ProductReads } from './products/product-reads.js';
import { ProductsController } from './products/products.controller.js';
import { ProductsService } from './products/products.service.js';
import { PublishingJobs } from './products/publishing.jobs.js';
import { Shelf } from './products/shelf.js';
import { VariantsController } from './products/variants.controller.js';
import { VariantsService } from './products/variants.service.js';
import { BestSellersJobs } from './search/best-sellers.jobs.js';
import { ReindexJobs } from './search/reindex.jobs.js';
import { SearchController } from './search/search.controller.js';
import { SearchTiersJobs } from './search/search-tiers.jobs.js';
import { Suggestions } from './search/suggestions.service.js';
import { SynonymsController } from './search/synonyms.controller.js';
import { SynonymsService } from './search/synonyms.service.js';
import { Bookings } from './stock/bookings.js';
import { HoldsJobs } from './stock/holds/holds.jobs.js';
import { Holds } from './stock/holds/holds.service.js';
import { LocationsController } from './stock/locations/locations.controller.js';
import { LocationsService } from './stock/locations/locations.service.js';
import { ManyStocksController } from './stock/many-stocks.controller.js';
import { SellingTerms } from './stock/selling-terms.js';
import { Shortage } from './stock/shortage.js';
import { StockController } from './stock/stock.controller.js';
import { Stock } from './stock/stock.js';
import { StockWatch } from './stock/stock-watch.js';
import { Stocktaking } from './stock/stocktaking.js';
import { TransfersController } from './stock/transfers/transfers.controller.js';
import { TransfersService } from './stock/transfers/transfers.service.js';
import { TranslationsController } from './translations/translations.controller.js';
import { TranslationsService } from './translations/translations.service.js';

@Permissions({
  'products:read': 'See products that are not for sale, too.',
  'products:write': 'Add, change and archive products, variants, prices, categories and collections.',
  'stock:read': 'See stock and every change of it.',
  'stock:write': 'Count, correct and move stock, and say how far it is sold.',
})
@Module({
  imports: [PlatformModule, AuthModule],
  controllers: [
    ImportsController,
    ExportsController,
    ProductsController,
    VariantsController,
    MediaController,
    MediaFilesController,
    PriceListsController,
    VariantPricesController,
    StockController,
    LocationsController,
    ManyStocksController,
    TransfersController,
    CategoriesController,
    CategoryTranslationsController,
    CollectionsController,
    CollectionTranslationsController,
    BrandsController,
    ProductTypesController,
    TranslationsController,
    SearchController,
    SynonymsController,
    BulkController,
  ],
  providers: [
    settings(CatalogSettings),
    BrandsService,
    CategoriesService,
    Branches,
    CollectionsService,
    CollectionsJobs,
    CategoryCountsJobs,
    ProductTypesService,
    DemoCatalog,
    GenerateCommand,
    CatalogImport,
    ImportCategories,
    ImportReferences,
    ProductExport,
    ExportCommand,
    ImportCommand,
    settings(ImportsSettings),
    ImportsService,
    ImportRunner,
    ImportsJobs,
    ImportWriter,
    PriceBook,
    OptionsService,
    Suggestions,
    SynonymsService,
    ReindexJobs,
    SearchTiersJobs,
    BestSellersJobs,
    PublishingJobs,
    TranslationsService,
    BulkService,
    PriceListsService,
    PriceListsJobs,
    ListPrices,
    Channels,
    PriceExplanation,
    ShopperGroups,
    PriceHistory,
    settings(MediaSettings),
    MediaAddresses,
    MediaService,
    MediaSizes,
    MediaJobs,
    ShownMedia,
    UploadedPictures,
    ProductLists,
    ProductReads,
    ProductsService,
    Shelf,
    Stock,
    Bookings,
    Holds,
    HoldsJobs,
    Shortage,
    LocationsService,
    SellingTerms,
    StockWatch,
    Stocktaking,
    TransfersService,
    VariantsService,
  ],
  exports: [DemoCatalog, PriceBook, ShopperGroups, Stock, Holds],
})
export class CatalogModule {}
