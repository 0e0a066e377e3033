/** Return whether a page of another site shows this page in a frame. */
export const isFramed = (page: { readonly parent: unknown } = window): boolean => page.parent !== page;
