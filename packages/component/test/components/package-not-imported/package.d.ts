export declare const home: () => string;
