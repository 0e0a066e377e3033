/** The package with all that it needs in one file, for pages without a bundler: an import map names it for both of
 *  Azure's modules. */

export * from "@azure/communication-common";
export * from "./index";
