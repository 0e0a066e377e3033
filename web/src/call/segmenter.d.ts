/** Where the service has the files that tell people from their background; the build puts it in. */
declare const __SEGMENTER__: string;
